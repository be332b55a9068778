import { describe, expect, it } from 'vitest';
import { readRoute, watchPath } from '#web/routes/read-route.js';

const titleId = '0193a1b2-c3d4-7e5f-8a6b-000000000001';

describe('routeOf', () => {
  it.each([
    ['/', { page: 'library' }],
    ['/index.html', { page: 'library' }],
    [`/watch/${titleId}`, { page: 'watch', titleId }],
    [`/watch/${titleId}/`, { page: 'watch', titleId }],
    ['/watch/', { page: 'unknown' }],
    ['/watch/../titles', { page: 'unknown' }],
    [`/watch/${titleId}/more`, { page: 'unknown' }],
    ['/anything', { page: 'unknown' }],
  ])('reads %s', (pathname, route) => {
    expect(readRoute(pathname)).toEqual(route);
  });

  it('reads the paths that watchPath writes', () => {
    expect(readRoute(watchPath(titleId))).toEqual({ page: 'watch', titleId });
  });
});
