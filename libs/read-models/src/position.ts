export { ORIGIN, type Position } from '#event-log/event-log.js';
