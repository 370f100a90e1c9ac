/** The components that rules insert and no author names. */
import type { Component } from "./component.js";
import { MONITOR, monitor } from "./monitor/monitor.js";
import { CONSENSUS_RECORDER, ConsensusRecorder } from "./recorder/consensus.js";
import { RECORDER, recorder, recorderComponent } from "./recorder/node.js";
import { SHARE, share, TURN, turn } from "./share.js";

export const inserted: { readonly [name: string]: Component } = {
  [RECORDER]: recorder,
  [CONSENSUS_RECORDER]: recorderComponent(ConsensusRecorder),
  [MONITOR]: monitor,
  [TURN]: turn,
  [SHARE]: share,
};
