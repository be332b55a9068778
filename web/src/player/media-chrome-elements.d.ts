import type { HTMLAttributes } from 'preact';

type ControlAttributes = HTMLAttributes<HTMLElement> & {
  noautohide?: boolean;
  nomutedpref?: boolean;
  novolumepref?: boolean;
  gesturesdisabled?: boolean;
  breakpoints?: string;
  showduration?: boolean;
  seekoffset?: string;
  slot?: string;
};

/** Declares the custom elements of media-chrome that the player uses for Preact's JSX. */
declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'media-controller': ControlAttributes;
      'media-control-bar': ControlAttributes;
      'media-loading-indicator': ControlAttributes;
      'media-play-button': ControlAttributes;
      'media-seek-backward-button': ControlAttributes;
      'media-seek-forward-button': ControlAttributes;
      'media-mute-button': ControlAttributes;
      'media-volume-range': ControlAttributes;
      'media-time-range': ControlAttributes;
      'media-time-display': ControlAttributes;
      'media-playback-rate-button': ControlAttributes;
      'media-pip-button': ControlAttributes;
      'media-fullscreen-button': ControlAttributes;
    }
  }
}
