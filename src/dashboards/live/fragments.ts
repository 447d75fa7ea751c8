/** The metrics of the chosen callgauge processes; two runs at once differ by their instance. */
export const OF_THE_INSTANCE = 'instance=~"${instance}"';
/** And of the chosen steps. */
export const OF_THE_STEPS = `${OF_THE_INSTANCE}, step=~"\${step}"`;
