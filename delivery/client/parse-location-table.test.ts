import { describe, expect, it } from 'vitest';
import { parseLocationTable } from '#delivery/client/parse-location-table.js';

describe('parseLocationTable', () => {
  const find = parseLocationTable(`
# offices
10.0.0.0/8      Everywhere,0,0
10.1.0.0/16     Frankfurt am Main,50.11,8.68   # the exchange
10.1.2.0/23     Oslo,59.91,10.75
2001:db8::/33   Tokyo,35.69,139.69
`);

  it.each([
    ['10.2.3.4', 'Everywhere'],
    ['10.1.9.9', 'Frankfurt am Main'],
    ['10.1.3.255', 'Oslo'],
    ['10.1.4.0', 'Frankfurt am Main'],
    ['::ffff:10.1.2.3', 'Oslo'],
    ['2001:db8:7fff::1', 'Tokyo'],
    ['2001:db8:8000::1', undefined],
    ['11.0.0.1', undefined],
    ['unknown', undefined],
  ])('finds the location of %s: %s', (address, name) => {
    expect(find(address)?.name).toBe(name);
  });

  it('reports every invalid line at once', () => {
    const table = '10.0.0.0 Oslo,59,10\n10.0.0.0/8 Oslo,91,10\n\n10.0.0.0/8 Oslo\n10.0.0.0/8 Oslo,1,2';
    expect(() => parseLocationTable(table)).toThrow(
      /line 1: [\s\S]*line 2: [\s\S]*line 4: (?![\s\S]*line 5)/,
    );
  });
});
