export { balancerFor } from './balancer-for.ts';
export { type Balancer, NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';
