import { sendableFields, type Abort, type HeaderField } from '../../faults/index.ts';
import { grpcStatusFields } from './grpc-status-fields.ts';

/** An answer that is made here. */
export interface LocalAnswer {
  readonly status: number;
  readonly fields: readonly HeaderField[];
  readonly body: string;
}

/** Returns what an abort answers; undefined where it resets. */
export function abortAnswer(abort: Abort): LocalAnswer | undefined {
  switch (abort.kind) {
    case 'answer': {
      const { status, headers, body } = abort;
      return { status, fields: sendableFields(headers), body };
    }
    case 'grpc': {
      return { status: 200, fields: grpcStatusFields(abort), body: '' };
    }
    case 'reset':
      return undefined;
  }
}
