export { persistently, reasonOf } from '#async';
