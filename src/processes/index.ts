export { allocatePorts } from './allocate-ports.ts';
export {
  startServices,
  type ServiceExit,
  type Services,
  type StartServicesOptions,
} from './start-services.ts';
