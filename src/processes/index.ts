export { allocatePorts } from './allocate-ports.ts';
export type { ProcessTarget, ServiceExit, Services, StartServicesOptions } from './services.ts';
export { startServices } from './start-services.ts';
export { foreignProcess } from './foreign-processes.ts';
