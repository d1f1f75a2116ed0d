export * from './connection.js';
export * from './driver.js';
