import { expect, it } from 'vitest';
import { SteeringPace } from '#delivery/steering/steering-pace.js';

it('varies the TTL by up to 20 % either way', () => {
  expect(
    new SteeringPace(
      () => 0,
      () => 0,
    ).nextTtlSeconds(),
  ).toBe(8);
  expect(
    new SteeringPace(
      () => 0,
      () => 0.5,
    ).nextTtlSeconds(),
  ).toBe(10);
  expect(
    new SteeringPace(
      () => 0,
      () => 1,
    ).nextTtlSeconds(),
  ).toBe(12);
});

it('lengthens the TTL under load, up to a limit, and recovers', () => {
  let nowMs = 0;
  const pace = new SteeringPace(
    () => nowMs,
    () => 0.5,
    10,
  );
  const ask = (perSecond: number, seconds: number): number => {
    let last = 0;
    for (let second = 0; second < seconds; second += 1) {
      nowMs += 1_000;
      for (let request = 0; request < perSecond; request += 1) last = pace.nextTtlSeconds();
    }
    return last;
  };
  expect(ask(10, 60)).toBe(10);
  expect(ask(50, 60)).toBeGreaterThan(45);
  expect(ask(2_000, 60)).toBe(300);
  nowMs += 3_600_000;
  expect(ask(1, 1)).toBe(10);
});
