import { Controller, Get, Param, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { Problem, type ProblemPage, problemPages } from '#platform';

/** What the `type` of a problem leads to: a page for people. Open, since it tells of the API and of no customer. */
@Controller('/problems')
export class ProblemsController {
  @Get()
  @RouteConfig({ access: { open: true } })
  all(@Res() reply: FastifyReply): void {
    const rows = problemPages.map(({ code, status, title }) => `<tr><td>${status}<td><a href="problems/${code}">${code}</a><td>${title}`);
    send(reply, 'Problems', `<table><tr><th>Status<th>Code<th>Title${rows.join('')}</table>`);
  }

  @Get('/:code')
  @RouteConfig({ access: { open: true } })
  one(@Param('code') code: string, @Res() reply: FastifyReply): void {
    const page = problemPages.find((candidate) => candidate.code === code);
    if (page === undefined) throw new Problem('not-found');
    send(reply, page.title, body(page));
  }
}

const body = ({ code, status, meaning }: ProblemPage): string =>
  `<p><code>/problems/${code}</code>, status ${status}</p><p>${escaped(meaning)}</p><p><a href="../problems">All problems</a></p>`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const send = (reply: FastifyReply, title: string, content: string): void => {
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'public, max-age=3600')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}: Letopis</title><body style="font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto"><h1>${title}</h1>${content}</body></html>`,
    );
};
