export * from '#relationship/kernel/id-map.js';
