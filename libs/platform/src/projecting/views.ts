import { projections } from '#projections';

export const viewNames: readonly string[] = projections.map(({ name }) => name);
