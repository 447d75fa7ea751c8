export { compilePattern, isNativelyLinear, type Pattern } from './compile-pattern.ts';
export { matchingText } from './matching-text.ts';
export { patternProblem, type PatternProblem } from './pattern-problem.ts';
