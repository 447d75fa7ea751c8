-- How a span ended, as a caller or a callee tells it; {Ending} in the parts that read attempts.
StatusCode IN ('Error', 'STATUS_CODE_ERROR') AS Failed,
StatusMessage,
SpanAttributes['error.type'] AS ErrorType,
coalesce(
    nullIf(SpanAttributes['http.response.status_code'], ''),
    nullIf(SpanAttributes['http.status_code'], ''),
    ''
) AS HttpStatus,
coalesce(
    nullIf(SpanAttributes['rpc.response.status_code'], ''),
    nullIf(SpanAttributes['rpc.grpc.status_code'], ''),
    ''
) AS RpcStatus,
-- Given up, by its caller or for lack of time: it would have taken this long at least.
Failed AND (
    match(
        concat(ErrorType, ' ', StatusMessage),
        '(?i)time.?out|timed.?out|abort|cancel|deadline'
    )
    OR RpcStatus IN ('1', '4', 'CANCELLED', 'DEADLINE_EXCEEDED')
) AS CutOff
