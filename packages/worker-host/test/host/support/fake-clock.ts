export { FakeClock, settle } from '@worker-host/testing';
