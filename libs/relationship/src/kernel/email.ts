import { isEmail } from 'class-validator/cjs/decorator/string/IsEmail.js';

/** Spaces around it and `mailto:` before it are none of the address. */
export const isEmailAddress = (value: string): boolean => isEmail(value.trim().replace(/^mailto:/i, ''), { allow_utf8_local_part: true });
