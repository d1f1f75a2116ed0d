/** Its modules one by one: the whole package takes a fifth of a second to load, which every thread and command would wait for. */
declare module 'class-validator/cjs/*' {
  export * from 'class-validator';
}
