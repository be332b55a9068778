import type { ComponentChildren, JSX } from 'preact';
import type { RenditionChoice, Telemetry } from '#web/telemetry/telemetry.js';
import { formatBitRate, formatBytes, formatSeconds } from '#web/words/format-figures.js';

/** Shows the details of playback, live. Screen readers do not announce changes, which come every second. */
export function TelemetryPanel({
  telemetry,
  isAuto,
}: {
  telemetry: Telemetry;
  isAuto: boolean;
}): JSX.Element {
  const playing = telemetry.renditions.find((each) => each.index === telemetry.playing);
  return (
    <aside class="telemetry" aria-labelledby="telemetry-heading">
      <h2 id="telemetry-heading">Playback details</h2>
      {telemetry.engine === 'native' && (
        <p class="telemetry-note">This browser plays HLS itself and reports few details.</p>
      )}
      <EdgeBlock telemetry={telemetry} />
      <RenditionBlock telemetry={telemetry} playing={playing} isAuto={isAuto} />
      <FiguresBlock telemetry={telemetry} />
    </aside>
  );
}

function Block({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="block">
      <h3>{label}</h3>
      {children}
    </section>
  );
}

function EdgeBlock({ telemetry }: { telemetry: Telemetry }): JSX.Element {
  const { edge, pathwayPriority, pathwaySwitches } = telemetry;
  const latest = pathwaySwitches.at(-1);
  return (
    <Block label="Served by">
      <p class="lead">{edge?.pathwayId ?? edge?.host ?? 'no edge yet'}</p>
      {edge?.pathwayId !== undefined && <p class="sub machine">{edge.host}</p>}
      {pathwayPriority.length > 1 && (
        <ol class="pathways" aria-label="Edges in the order of preference">
          {pathwayPriority.map((pathwayId) => (
            <li key={pathwayId} aria-current={pathwayId === edge?.pathwayId ? 'true' : undefined}>
              {pathwayId}
            </li>
          ))}
        </ol>
      )}
      <p class="sub">
        {latest
          ? `${countSwitches(pathwaySwitches.length, 'pathway')}, last from ${latest.from} to ${latest.to}`
          : 'No pathway switch'}
      </p>
    </Block>
  );
}

function RenditionBlock(props: {
  telemetry: Telemetry;
  playing: RenditionChoice | undefined;
  isAuto: boolean;
}): JSX.Element {
  const { telemetry, playing, isAuto } = props;
  const frameRate =
    playing && playing.framesPerSecond > 0 ? `${formatFrameRate(playing.framesPerSecond)} fps` : undefined;
  const facts = playing ? [playing.codec, formatBitRate(playing.bitsPerSecond), frameRate] : [];
  return (
    <Block label="On screen">
      <p class="lead">{playing ? `${playing.width} × ${playing.height}` : 'nothing yet'}</p>
      <p class="sub">{facts.filter(Boolean).join(' · ')}</p>
      {telemetry.audio && (
        <p class="sub">Audio: {[telemetry.audio.name, telemetry.audio.codec].filter(Boolean).join(', ')}</p>
      )}
      <p class="sub">
        {isAuto ? 'Chosen automatically' : 'Chosen by hand'},{' '}
        {countSwitches(telemetry.renditionSwitches, 'rendition')}
      </p>
    </Block>
  );
}

function FiguresBlock({ telemetry }: { telemetry: Telemetry }): JSX.Element {
  const latest = telemetry.samples.at(-1);
  const { startupMs } = telemetry;
  const figures: [string, string][] = [
    [
      'Throughput',
      latest?.throughputBitsPerSecond === undefined ? '–' : formatBitRate(latest.throughputBitsPerSecond),
    ],
    ['Buffer', latest ? formatSeconds(latest.bufferSeconds) : '–'],
    ['Dropped frames', latest ? String(latest.droppedFrames) : '–'],
    ['Stalls', String(telemetry.stalls)],
    ['First frame after', startupMs === undefined ? '–' : formatSeconds(startupMs / 1000)],
    ['Received', formatBytes(telemetry.receivedBytes)],
  ];
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Rounds to three decimals: 23.976 stays, 24.000 becomes 24. */
function formatFrameRate(framesPerSecond: number): string {
  return String(Math.round(framesPerSecond * 1000) / 1000);
}

function countSwitches(count: number, kind: 'pathway' | 'rendition'): string {
  return `${count} ${kind} ${count === 1 ? 'switch' : 'switches'}`;
}
