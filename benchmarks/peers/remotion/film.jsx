// Draws that part of the template format which the benchmark's scenes use, with the means of a browser.
import {
  AbsoluteFill, Composition, Easing, Img, OffthreadVideo, Sequence, interpolate, registerRoot, staticFile, useCurrentFrame,
  useVideoConfig,
} from "remotion";

const EASINGS = {
  linear: Easing.linear,
  "ease-in-out": Easing.bezier(0.42, 0, 0.58, 1),
  "ease-in-cubic": Easing.in(Easing.cubic),
  "ease-out-cubic": Easing.out(Easing.cubic),
};
const ANCHORS = { "top-left": [0, 0], top: [0.5, 0], center: [0.5, 0.5] };
const ZOOM = 1.3; // of the transition: the leaving frame grows to this, the coming one from its inverse

/** The object's value at a time in seconds from its start: of its keyframes, else its own, else `otherwise`. */
const valueAt = (object, property, time, otherwise) => {
  const frames = (object.keyframes ?? []).filter((frame) => property in frame);
  if (frames.length === 0) return object[property] ?? otherwise;
  const next = frames.findIndex((frame) => frame.time > time);
  if (next === 0) return frames[0][property];
  if (next === -1) return frames.at(-1)[property];
  const [from, to] = [frames[next - 1], frames[next]];
  const easing = EASINGS[to.easing ?? "linear"];
  return interpolate(time, [from.time, to.time], [from[property], to[property]], { easing });
};

const placement = (object, time) => {
  const value = (property, otherwise) => valueAt(object, property, time, otherwise);
  const [across, down] = ANCHORS[object.anchor ?? "top-left"];
  return {
    position: "absolute",
    left: value("x", 0),
    top: value("y", 0),
    width: object.width,
    height: object.height,
    opacity: value("opacity", 1),
    mixBlendMode: object["blend-mode"],
    translate: `${-100 * across}% ${-100 * down}%`,
    rotate: `${value("rotation", 0)}deg`,
    scale: `${value("scale", 1)}`,
  };
};

const shadow = (object) =>
  object["shadow-color"] && `0 ${object["shadow-y"] ?? 0}px ${object["shadow-blur"] ?? 0}px ${object["shadow-color"]}`;

const Drawn = ({ object }) => {
  const time = useCurrentFrame() / useVideoConfig().fps;
  const style = placement(object, time);
  switch (object.type) {
    case "image": {
      const size = object.width ? {} : { width: "100%", height: "100%" };
      return <Img src={staticFile(object.src)} style={{ ...style, ...size, objectFit: "cover", boxShadow: shadow(object) }} />;
    }
    case "rectangle":
    case "circle": {
      const borderRadius = object.type === "circle" ? "50%" : object["border-radius"];
      return <div style={{ ...style, borderRadius, background: object["background-color"], boxShadow: shadow(object) }} />;
    }
    case "text":
      return (
        <div
          style={{
            ...style, whiteSpace: "pre", lineHeight: 1.2, fontFamily: "Inter", fontSize: object["font-size"],
            fontWeight: object["font-weight"] ?? 400, color: object.color ?? "#fff", textShadow: shadow(object),
          }}
        >
          {object.text}
        </div>
      );
    case "group":
      return <div style={style}>{object.objects.map((child, number) => <Drawn key={number} object={child} />)}</div>;
  }
};

const Timed = ({ object }) => {
  const { fps } = useVideoConfig();
  return (
    <Sequence
      from={Math.round((object.start ?? 0) * fps)}
      durationInFrames={object.duration ? Math.round(object.duration * fps) : undefined}
      layout="none"
    >
      <Drawn object={object} />
    </Sequence>
  );
};

/** `coming` and `going` are the scene's own transition and that of the scene after it, if any: both are zooms. */
const Scene = ({ scene, frames, coming, going }) => {
  const { fps } = useVideoConfig();
  const frame = useCurrentFrame();
  const share = (transition, start) => {
    const end = start + transition.duration * fps;
    const easing = EASINGS["ease-in-out"];
    return interpolate(frame, [start, end], [0, 1], { easing, extrapolateLeft: "clamp", extrapolateRight: "clamp" });
  };
  const came = coming ? share(coming, 0) : 1;
  const went = going ? share(going, frames - going.duration * fps) : 0;
  const scale = ZOOM ** (came - 1 + went);
  return (
    <AbsoluteFill style={{ opacity: came, scale: `${scale}`, background: scene["background-color"] ?? "#000" }}>
      {scene["background-image"] && (
        <Img src={staticFile(scene["background-image"])} style={{ width: "100%", height: "100%", objectFit: "cover" }} />
      )}
      {scene["background-video"] && <OffthreadVideo src={staticFile(scene["background-video"])} muted />}
      {scene.objects.map((object, number) => <Timed key={number} object={object} />)}
    </AbsoluteFill>
  );
};

/** Each scene with its first frame and its length; a transition overlaps the scene before. */
const scheduled = (template) => {
  let start = 0;
  return template.scenes.map((scene, number) => {
    const frames = Math.round(scene.duration * template["frame-rate"]);
    start -= Math.round((scene.transition?.duration ?? 0) * template["frame-rate"]);
    const placed = { scene, frames, start, coming: scene.transition, going: template.scenes[number + 1]?.transition };
    start += frames;
    return placed;
  });
};

const fontFaces = (weights) =>
  weights.map((weight) => `@font-face {font-family: Inter; font-weight: ${weight}; src: url(${staticFile(`inter-${weight}.ttf`)})}`);

const Film = ({ template, weights }) => (
  <AbsoluteFill>
    <style>{fontFaces(weights).join("\n")}</style>
    {scheduled(template).map(({ start, frames, ...rest }) => (
      <Sequence key={start} from={start} durationInFrames={frames}>
        <Scene frames={frames} {...rest} />
      </Sequence>
    ))}
  </AbsoluteFill>
);

const sized = ({ props }) => {
  const last = scheduled(props.template).at(-1);
  const { width, height, "frame-rate": fps } = props.template;
  return { width, height, fps, durationInFrames: last.start + last.frames };
};

registerRoot(() => (
  <Composition id="film" component={Film} calculateMetadata={sized} defaultProps={{ template: { scenes: [] }, weights: [] }} />
));
