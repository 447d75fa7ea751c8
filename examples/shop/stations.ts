import type { Routes } from './http-service.ts';
import { WORK, worker, type WorkProfile } from './service-times.ts';

/** The services that call no other: each takes its time over a request and says that it is done. */
export const STATIONS: Readonly<Record<string, () => Routes>> = {
  inventory: () => station('inventory', 'POST /api/reservations', WORK.reserveStock, 201),
  payment: () => station('payment', 'POST /api/charges', WORK.chargeCard, 201),
  notification: () => station('notification', 'POST /api/notifications', WORK.sendMail, 202),
  shipping: () => station('shipping', 'POST /api/shipments', WORK.planShipment, 202),
};

function station(name: string, route: string, profile: WorkProfile, status: number): Routes {
  const work = worker(profile, name);
  return {
    [route]: async () => {
      await work();
      return { status, body: { status: 'done' } };
    },
  };
}
