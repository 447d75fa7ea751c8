import { createServer } from 'node:net';
import { rngFrom } from '../../src/core/index.ts';

/**
 * `PORT FACTOR TAIL_FACTOR SEED`: answers every request after a drawn time: lognormal, of a median
 * of 20 ms, all of it times the factor, and the slowest 2% times the other besides. A timer tells
 * whole milliseconds: a factor of 1.05 moves the median by one of them.
 */
const [port = '0', factor = '1', tailFactor = '1', seed = '1'] = process.argv.slice(2);
const MEDIAN_MS = 20;
const SIGMA = 0.25;
const TAIL_Z = 2.054;

const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
const rng = rngFrom(Number(seed), 'drawn server');

createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => {
    const radius = Math.sqrt(-2 * Math.log(1 - rng.nextFloat()));
    const z = radius * Math.cos(2 * Math.PI * rng.nextFloat());
    const tail = z > TAIL_Z ? Number(tailFactor) : 1;
    const ms = MEDIAN_MS * Math.exp(SIGMA * z) * Number(factor) * tail;
    setTimeout(() => socket.write(answer), ms);
  });
  socket.on('error', () => socket.destroy());
}).listen(Number(port), '127.0.0.1');
