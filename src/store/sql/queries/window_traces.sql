SELECT toString(count()) AS Traces
FROM selected_traces
