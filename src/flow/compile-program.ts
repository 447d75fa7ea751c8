import { hashText } from '../core/index.ts';
import type { FlowNode, FlowSpec } from '../scenario/index.ts';
import type { DrawSite, SiteNumbers } from './draw.ts';
import type { CompiledHook } from './hooks.ts';
import * as program from './program.ts';

/** What a program is made with. */
export interface ProgramContext {
  readonly numbers: SiteNumbers;
  /**
   * Returns the hook of that name for a position in the flow; `sets` are the variables it may set.
   */
  readonly hookOf: (name: string, sets: readonly string[], draw: DrawSite) => CompiledHook;
}

/** A program and how many calls one iteration of it makes at most. */
export interface CompiledProgram {
  readonly program: program.FlowProgram;
  readonly callsMax: number;
}

/**
 * Returns the program of a flow. What is drawn at a position depends on that position alone, so
 * that an entry added behind it changes nothing.
 *
 *     parallel:  FORK[a,b]  a: ... JUMP j  b: ... j: JOIN ...
 *     choose:    CHOOSE[a,b]  a: ... JUMP end  b: ... end:
 *     repeat:    REPEAT(end)  body: ... AGAIN(body)  end:
 */
export function compileProgram(flow: FlowSpec, context: ProgramContext): CompiledProgram {
  const body = flow.body ?? flow.steps.map((_, step) => ({ kind: 'step', step }) as const);
  const writer = new Writer(context);
  const callsMax = writer.list(body, flow.name);
  writer.end();
  return { program: new program.FlowProgram(writer.instructions), callsMax };
}

type Written = { -readonly [K in keyof program.Instruction]: program.Instruction[K] };

class Writer {
  readonly instructions: Written[] = [];
  readonly #context: ProgramContext;
  /** The instructions whose failure leads to the join, or end, that is not written yet. */
  #open: Written[] = [];

  constructor(context: ProgramContext) {
    this.#context = context;
  }

  /** Writes entries one after another, and returns the most calls that they make. */
  list(nodes: readonly FlowNode[], path: string): number {
    return nodes.reduce((calls, node, i) => calls + this.#node(node, `${path}/${i}`), 0);
  }

  end(): void {
    const at = this.instructions.length;
    const end = this.#write({ op: program.END });
    end.onFailure = at;
    for (const instruction of this.#open) instruction.onFailure = at;
  }

  #node(node: FlowNode, path: string): number {
    switch (node.kind) {
      case 'step':
        this.#write({ op: program.CALL, to: node.step });
        return 1;
      case 'think': {
        const { minNs: min, maxNs: max } = node;
        this.#write({ op: program.THINK, min, max, draw: this.#draw('think', path) });
        return 0;
      }
      case 'hook': {
        const hook = this.#context.hookOf(node.name, node.sets, this.#draw('hook', path));
        this.#write({ op: program.HOOK, hook });
        return 0;
      }
      case 'parallel':
        return this.#parallel(node.branches, path);
      case 'choose':
        return this.#choose(node.options, path);
      case 'repeat':
      default:
        return this.#repeat(node, path);
    }
  }

  #parallel(branches: readonly (readonly FlowNode[])[], path: string): number {
    const counter = this.#context.numbers.counters++;
    const fork = this.#write({ op: program.FORK, counter });
    const around = this.#open;
    this.#open = [];
    const jumps: Written[] = [];
    const targets: number[] = [];
    let calls = 0;
    branches.forEach((branch, i) => {
      targets.push(this.instructions.length);
      calls += this.list(branch, `${path}/${i}`);
      jumps.push(this.#write({ op: program.JUMP }));
    });
    const join = this.instructions.length;
    for (const jump of jumps) jump.to = join;
    for (const inner of this.#open) inner.onFailure = join;
    this.#open = around;
    fork.targets = targets;
    this.#write({ op: program.JOIN, counter });
    return calls;
  }

  #choose(
    options: Extract<FlowNode, { readonly kind: 'choose' }>['options'],
    path: string,
  ): number {
    const total = options.reduce((sum, { weight }) => sum + weight, 0);
    let upTo = 0;
    const shares = options.map(({ weight }) => (upTo += weight) / total);
    const choose = this.#write({ op: program.CHOOSE, shares, draw: this.#draw('choose', path) });
    const jumps: Written[] = [];
    const targets: number[] = [];
    let most = 0;
    options.forEach(({ body }, i) => {
      targets.push(this.instructions.length);
      most = Math.max(most, this.list(body, `${path}/${i}`));
      jumps.push(this.#write({ op: program.JUMP }));
    });
    for (const jump of jumps) jump.to = this.instructions.length;
    choose.targets = targets;
    return most;
  }

  #repeat({ times, body }: Extract<FlowNode, { readonly kind: 'repeat' }>, path: string): number {
    const counter = this.#context.numbers.counters++;
    const draw = this.#draw('repeat', path);
    const repeat = this.#write({ op: program.REPEAT, ...times, counter, draw });
    const first = this.instructions.length;
    const calls = this.list(body, path);
    this.#write({ op: program.AGAIN, to: first, counter });
    repeat.to = this.instructions.length;
    return calls * times.max;
  }

  #draw(kind: string, path: string): DrawSite {
    return { site: this.#context.numbers.sites++, purpose: hashText(`${kind}:${path}`) };
  }

  #write(given: Partial<program.Instruction> & Pick<program.Instruction, 'op'>): Written {
    const written: Written = {
      op: given.op,
      to: given.to ?? 0,
      min: given.min ?? 0,
      max: given.max ?? 0,
      counter: given.counter ?? 0,
      draw: given.draw ?? { site: 0, purpose: 0 },
      targets: given.targets ?? [],
      shares: given.shares ?? [],
      hook: given.hook,
      onFailure: 0,
    };
    this.instructions.push(written);
    this.#open.push(written);
    return written;
  }
}
