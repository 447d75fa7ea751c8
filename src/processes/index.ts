export { allocatePorts } from './allocate-ports.ts';
export type { ServiceProcess } from './service-process.ts';
export {
  startServices,
  type ServiceExit,
  type Services,
  type StartServicesOptions,
} from './start-services.ts';
