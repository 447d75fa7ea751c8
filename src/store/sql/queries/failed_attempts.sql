-- Why attempts of an edge failed, with the first and the last of each reason; the reasons past the
-- most frequent ones of an edge are one. Codes stand before messages, in which ids and times make
-- each one different; names of errors that say nothing stand behind.
    , Reasons AS
    (
        SELECT
            Caller,
            Callee,
            Operation,
            multiIf(
                RpcStatus NOT IN ('', '0', 'OK'),
                    coalesce(
                        nullIf(nullIf(arrayElement(
                            {grpcStatuses:Array(String)},
                            toUInt32OrZero(RpcStatus) + 1
                        ), 'OK'), ''),
                        RpcStatus
                    ),
                match(ErrorType, '^[1-5][0-9][0-9]$'), concat('status ', ErrorType),
                ErrorType NOT IN ('', '_OTHER', 'Error', 'Exception'), ErrorType,
                match(HttpStatus, '^[45][0-9][0-9]$'), concat('status ', HttpStatus),
                trim(StatusMessage) != '',
                    substringUTF8(splitByChar('\n', trim(StatusMessage))[1], 1, 200),
                ErrorType != '', ErrorType,
                'no reason given'
            ) AS Reason,
            count() AS Attempts,
            min((StartedAt, SpanId, TraceId)) AS First,
            max((StartedAt, SpanId, TraceId)) AS Last,
            row_number() OVER (
                PARTITION BY Caller, Callee, Operation
                ORDER BY count() DESC, Reason
            ) AS Place
        FROM Attempts
        WHERE Failed
        GROUP BY Caller, Callee, Operation, Reason
    )
SELECT
    Caller,
    Callee,
    Operation,
    if(Place > {reasonsMax:UInt32}, {other:String}, Reason) AS Text,
    toUInt32(sum(Attempts)) AS FailedCount,
    tupleElement(min(First), 3) AS FirstTrace,
    tupleElement(max(Last), 3) AS LastTrace
FROM Reasons
GROUP BY Caller, Callee, Operation, Text
ORDER BY FailedCount DESC, Caller, Callee, Operation, Text
