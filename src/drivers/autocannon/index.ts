export { autocannonSaturator, type AutocannonSaturatorOptions } from './autocannon-saturator.ts';
