export { simulate, type SimulatedStore, type SimulationWishes } from './simulate.ts';
