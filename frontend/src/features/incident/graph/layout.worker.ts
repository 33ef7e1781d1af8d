import { type LayoutRequest, layout } from "./layout";

self.onmessage = (event: MessageEvent<LayoutRequest>) => {
  self.postMessage(layout(event.data));
};
