import type { ComponentChildren, JSX } from 'preact';
import type { RenditionChoice, Telemetry } from '#web/telemetry/telemetry.js';
import { formatBitRate, formatBytes, formatSeconds } from '#web/words/format-bit-rate.js';

/** What happens behind the picture, live. Nothing here is announced by itself: it changes every second. */
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
      <h2 id="telemetry-heading">Behind the picture</h2>
      {telemetry.engine === 'native' && (
        <p class="telemetry-note">This browser plays HLS by itself and tells little of what it does.</p>
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
      <p class="lead">{edge?.pathwayId ?? edge?.host ?? 'nobody yet'}</p>
      {edge?.pathwayId !== undefined && <p class="sub machine">{edge.host}</p>}
      {pathwayPriority.length > 1 && (
        <ol class="pathways" aria-label="Order of edges, as steered">
          {pathwayPriority.map((pathwayId) => (
            <li key={pathwayId} aria-current={pathwayId === edge?.pathwayId ? 'true' : undefined}>
              {pathwayId}
            </li>
          ))}
        </ol>
      )}
      <p class="sub">
        {latest
          ? `${plural(pathwaySwitches.length, 'pathway switch', 'pathway switches')}, last from ${latest.from} to ${latest.to}`
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
    playing && playing.framesPerSecond > 0 ? `${trimmed(playing.framesPerSecond)} fps` : undefined;
  const facts = playing ? [playing.codec, formatBitRate(playing.bitsPerSecond), frameRate] : [];
  return (
    <Block label="On screen">
      <p class="lead">{playing ? `${playing.width} × ${playing.height}` : 'nothing yet'}</p>
      <p class="sub">{facts.filter(Boolean).join(' · ')}</p>
      {telemetry.audio && (
        <p class="sub">Sound: {[telemetry.audio.name, telemetry.audio.codec].filter(Boolean).join(', ')}</p>
      )}
      <p class="sub">
        {isAuto ? 'Chosen automatically' : 'Chosen by hand'},{' '}
        {plural(telemetry.renditionSwitches, 'rendition switch', 'rendition switches')}
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

/** 23.976 stays, 24.000 becomes 24. */
function trimmed(framesPerSecond: number): string {
  return String(Math.round(framesPerSecond * 1000) / 1000);
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
