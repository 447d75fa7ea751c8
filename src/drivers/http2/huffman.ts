/**
 * Bits of each byte's code. The code is canonical, so that the lengths say all of it: codes of one
 * length follow each other in the order of their bytes, and those of the next length follow them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#appendix-B
 */
const CODE_BITS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5,
  6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6,
  7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23,
  23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22,
  22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22,
  23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27,
  27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25,
  24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

/** The symbol behind the bytes: it is never sent, and its first bits are the padding. */
const END_OF_STRING = 256;
const PADDING_BITS_MAX = 7;

/** Set in a step that ends a byte, which is then in its lowest eight bits. */
const EMITS = 1 << 16;
const FAILS = 1 << 17;
const STATE_SHIFT = 8;

/** The code of each symbol, the last one that of the end. */
export const HUFFMAN_CODES: readonly { readonly code: number; readonly bits: number }[] =
  canonicalCodes();

/** Of each state and four bits: the next state, and the byte that they end, if they end one. */
const STEPS = nibbleSteps();
/** 1 for each state in which a text may end: at most seven bits of padding in it. */
const MAY_END = new Uint8Array(256);
markPadding();

let scratch = Buffer.allocUnsafe(1_024);

/**
 * Returns the text that the bytes `from` to `to` (excluded) are the code of, each byte a character;
 * undefined where they are no text's code.
 */
export function huffmanText(bytes: Uint8Array, from: number, to: number): string | undefined {
  // The shortest code has five bits.
  const most = Math.floor(((to - from) * 8) / 5);
  if (scratch.length < most) scratch = Buffer.allocUnsafe(most);
  let length = 0;
  let state = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = STEPS[state * 16 + ((byte >> shift) & 15)] ?? FAILS;
      if (step >= FAILS) return undefined;
      if ((step & EMITS) !== 0) scratch[length++] = step & 255;
      state = (step >> STATE_SHIFT) & 255;
    }
  }
  return MAY_END[state] === 1 ? scratch.toString('latin1', 0, length) : undefined;
}

function canonicalCodes(): { code: number; bits: number }[] {
  const codes = CODE_BITS.map((bits) => ({ code: 0, bits }));
  let code = 0;
  for (let bits = 5; bits <= 30; bits++) {
    for (const entry of codes) if (entry.bits === bits) entry.code = code++;
    code *= 2;
  }
  return codes;
}

/**
 * The nodes of the code's tree that are no leaves, the root first: 256, one less than the leaves.
 */
function treeNodes(): [zero: number, one: number][] {
  const nodes: [number, number][] = [[0, 0]];
  for (const [symbol, { code, bits }] of HUFFMAN_CODES.entries()) {
    let node = nodes[0];
    for (let left = bits - 1; left > 0 && node; left--) {
      const branch = (code >>> left) & 1;
      if (node[branch] === 0) node[branch] = nodes.push([0, 0]) - 1;
      node = nodes[node[branch] ?? 0];
    }
    // Leaves differ from nodes by their sign; byte 0 is -1.
    if (node) node[code & 1] = -1 - symbol;
  }
  return nodes;
}

function nibbleSteps(): Int32Array {
  const nodes = treeNodes();
  const steps = new Int32Array(nodes.length * 16);
  for (let state = 0; state < nodes.length; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state;
      let step = 0;
      for (let bit = 3; bit >= 0; bit--) {
        const next = nodes[node]?.[(nibble >> bit) & 1] ?? 0;
        if (next === -1 - END_OF_STRING) step |= FAILS;
        else if (next < 0) step |= EMITS | (-1 - next);
        node = Math.max(0, next);
      }
      steps[state * 16 + nibble] = step | (node << STATE_SHIFT);
    }
  }
  return steps;
}

function markPadding(): void {
  const nodes = treeNodes();
  let node = 0;
  for (let bits = 0; bits <= PADDING_BITS_MAX; bits++) {
    MAY_END[node] = 1;
    node = nodes[node]?.[1] ?? 0;
  }
}
