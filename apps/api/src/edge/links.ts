import type { FastifyRequest } from 'fastify';

/**
 * How an answer names another address of this API: as PUBLIC_URL has it, else relative to the request, since a proxy may put a path before ours.
 * @param target from the root, e.g. `/customers/c-1`
 */
export const linkTo = (target: string, { url }: Pick<FastifyRequest, 'url'>, publicUrl: string | undefined): string => {
  if (publicUrl !== undefined) return publicUrl + target;
  const [path = ''] = url.split('?');
  return '../'.repeat(path.split('/').length - 2) + target.slice(1);
};
