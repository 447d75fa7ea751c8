import { counted, formatCount } from '../core/index.ts';
import {
  referencesOf,
  type FlowSpec,
  type PhaseSpec,
  type ReadyReplay,
  type ReplayedRequest,
  type StepSpec,
} from '../scenario/index.ts';

/**
 * Returns a sentence for every step that asks for a recorded path with a method of its own, where
 * other methods were recorded.
 */
export function methodRemarks(
  load: readonly PhaseSpec[],
  flows: readonly FlowSpec[],
): readonly string[] {
  return load.flatMap(({ flow, replay, name: phase }) => {
    const requests = requestsOf(replay);
    const steps = flows.find(({ name }) => name === flow)?.steps ?? [];
    return steps.flatMap(({ name, call }) => {
      if (call.protocol !== 'http' || !sendsRecordedPath(call.request)) return [];
      const others = requests.filter(({ method }) => method !== call.method);
      const [first] = others;
      if (first === undefined || call.request.templates?.method !== undefined) return [];
      const count = `${formatCount(others.length)} of ${counted(requests.length, 'request')}`;
      return [
        `${count} of phase ${phase} ${others.length === 1 ? 'was' : 'were'} recorded with another method, ${first.method} say: step ${name} sends them as ${call.method}. Write method: "\${replay.method}" to send each with its own`,
      ];
    });
  });
}

function requestsOf(replay: PhaseSpec['replay']): readonly ReplayedRequest[] {
  return replay && 'requests' in replay ? ((replay as ReadyReplay).requests ?? []) : [];
}

function sendsRecordedPath({ templates }: StepSpec['call']['request']): boolean {
  return referencesOf(templates?.path ?? []).some(({ kind }) => kind === 'replay-path');
}
