/** Fractions of a quantity are binary: 0.1 + 0.2 returned must not exceed 0.3 bought. */
export const QUANTITY_TOLERANCE = 1e-9;
