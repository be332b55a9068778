import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whenUnnoticed } from '#web/player/when-unnoticed.js';

class FakeVideo extends EventTarget {
  paused = false;
  ended = false;
  seeking = false;
  currentTime = 5;
  bufferedUntil = 20;

  get buffered(): TimeRanges {
    return { length: 1, start: () => 0, end: () => this.bufferedUntil };
  }

  seekTo(seconds: number): void {
    this.currentTime = seconds;
    this.seeking = true;
    this.dispatchEvent(new Event('seeking'));
  }

  pause(): void {
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }
}

describe('whenUnnoticed', () => {
  const act = vi.fn();
  let video: FakeVideo;

  beforeEach(() => {
    vi.useFakeTimers();
    act.mockClear();
    video = new FakeVideo();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('acts on a seek to a position that is not buffered, once', () => {
    whenUnnoticed(video, act);
    video.seekTo(10);
    expect(act).not.toHaveBeenCalled();
    video.seekTo(30);
    video.seekTo(40);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it('acts on a pause that lasts', () => {
    whenUnnoticed(video, act);
    video.pause();
    vi.advanceTimersByTime(1_000);
    video.paused = false;
    vi.advanceTimersByTime(60_000);
    expect(act).not.toHaveBeenCalled();
    video.pause();
    vi.advanceTimersByTime(60_000);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it('acts on a video that has been paused all the time', () => {
    video.paused = true;
    whenUnnoticed(video, act);
    vi.advanceTimersByTime(60_000);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it('does nothing at the end of the video, nor after it was stopped', () => {
    const stop = whenUnnoticed(video, act);
    video.ended = true;
    video.pause();
    vi.advanceTimersByTime(60_000);
    video.ended = false;
    video.pause();
    stop();
    vi.advanceTimersByTime(60_000);
    video.seekTo(30);
    expect(act).not.toHaveBeenCalled();
  });
});
