import { describe, expect, it } from 'vitest';
import type { Http2Connection } from '../../../src/drivers/http2/connection.ts';
import { ConnectionChoice } from '../../../src/drivers/http2/connection-choice.ts';

class Slots {
  active = 0;
  freePlace: number | undefined;
  room: number;
  constructor(room: number) {
    this.room = room;
  }
  get canOpen(): boolean {
    return this.active < this.room;
  }
  get self(): Http2Connection {
    return this as unknown as Http2Connection;
  }
}

function fill(choice: ConnectionChoice, calls: number): void {
  for (let i = 0; i < calls; i++) {
    const connection = choice.next(i);
    if (connection === undefined) return;
    (connection as unknown as Slots).active++;
    choice.update(connection);
  }
}

describe('ConnectionChoice', () => {
  it('spreads calls evenly, up to what each takes', () => {
    const choice = new ConnectionChoice();
    const all = [10, 10, 3, 10].map((room) => new Slots(room));
    for (const slots of all) choice.add(slots.self);
    fill(choice, 12);
    expect(all.map(({ active }) => active)).toEqual([3, 3, 3, 3]);
    fill(choice, 100);
    expect(all.map(({ active }) => active)).toEqual([10, 10, 3, 10]);
    expect(choice.hasFree).toBe(false);
  });

  it('stays on the connection that was freed last while that keeps it even', () => {
    const choice = new ConnectionChoice();
    const all = [10, 10, 10].map((room) => new Slots(room));
    for (const slots of all) choice.add(slots.self);
    fill(choice, 30);
    const [first] = all;
    if (first === undefined) return;
    first.active -= 4;
    choice.freed(first.self);
    for (let inFlight = 26; inFlight < 30; inFlight++) {
      expect(choice.next(inFlight)).toBe(first.self);
      first.active++;
    }
  });

  it('offers none that was removed or is full', () => {
    const choice = new ConnectionChoice();
    const [one, other] = [new Slots(1), new Slots(1)];
    choice.add(one.self);
    choice.add(other.self);
    choice.remove(one.self);
    expect(choice.next(0)).toBe(other.self);
    other.room = 0;
    choice.update(other.self);
    expect([choice.hasFree, choice.next(0)]).toEqual([false, undefined]);
    choice.freed(one.self);
    expect(choice.hasFree).toBe(false);
  });
});
