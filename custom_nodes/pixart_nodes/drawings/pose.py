"""Where limbs go: points turned about their joints, mirrored, and turned with the whole drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .geometry import Points, moved, turned
from .recipe import SIDE, WHOLE, Anchor, Drawing, Motion, Pose

STILL = Motion()


@dataclass(frozen=True)
class Stance:
    """How a drawing stands in a picture: its pose, degrees that it is turned clockwise, and whether it is mirrored."""

    drawing: Drawing
    pose: Pose
    turn: int = 0
    mirror: bool = False

    def placed(self, points: Points, limb: str = "", mirrored: bool = False) -> Points:
        """Points of a shape, or of its mirror image, where they are in this stance."""
        if limb:
            points = self._moved(points, limb, mirrored)
        if mirrored:
            points = points * (-1, 1)
        whole = self.pose.get(WHOLE, STILL)
        points = moved(turned(points, whole.turn), whole.right, whole.down)
        points = turned(points, self.turn)
        return points * (-1, 1) if self.mirror else points

    def _moved(self, points: Points, limb: str, mirrored: bool) -> Points:
        """A mirror image moves as the shape itself does, mirrored, where the pose doesn't name it."""
        motion = self.pose.get(limb, STILL)
        if mirrored and f"{limb}'" in self.pose:
            other = self.pose[f"{limb}'"]
            motion = Motion(-other.turn, -other.right, other.down)
        joint = self.drawing.anchors[limb]
        about = (joint.x - SIDE // 2, joint.y - SIDE // 2)
        return moved(turned(points, motion.turn, about), motion.right, motion.down)

    def anchor(self, anchor: Anchor) -> Points:
        """An anchor [1, 2] in 1/1024 units from the drawing's centre."""
        point = np.array([(anchor.x - SIDE // 2, anchor.y - SIDE // 2)], np.int64)
        return self.placed(point, anchor.limb)
