import { READS_MAX } from '../../../src/ingest/request-body.ts';
import { BodyBudget } from '../../../src/ingest/body-budget.ts';
import { ByteReader } from '../../../src/core/index.ts';

export const BUDGET_BYTES = 2 ** 30;

type Coding = (body: ByteReader, budget: BodyBudget) => AsyncIterable<Buffer>;

/**
 * Returns what a body that comes in such pieces decodes to. Fails where bytes stay in the budget.
 */
export async function decoded(
  coding: Coding,
  body: Buffer,
  pieceBytes = body.length,
): Promise<Buffer> {
  const budget = new BodyBudget(BUDGET_BYTES);
  const reader = new ByteReader(inPieces(body, pieceBytes), { held: budget, readsMax: READS_MAX });
  const content: Buffer[] = [];
  try {
    for await (const piece of coding(reader, budget)) content.push(Buffer.from(piece));
  } finally {
    await reader.close();
    // Throws where the budget is not whole again.
    budget.take(BUDGET_BYTES);
  }
  return Buffer.concat(content);
}

async function* inPieces(body: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
}
