export * from '#event-log/persistently.js';
