/**
 * A command for the tests: takes a lease on the store of a folder and holds it until it is killed.
 */
import { openLocalStore } from '../../src/store/index.ts';

const dir = process.argv[2];
if (dir === undefined) throw new Error('usage: lease-holder.ts DIR');
const { url } = await openLocalStore({ dir });
process.stdout.write(`${url}\n`);
process.stdin.resume();
