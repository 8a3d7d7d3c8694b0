"""The ink of the window, and what of the window has to be brought to the screen."""

from __future__ import annotations

from collections.abc import Iterable

import pygame

from ..capture import PenFrame
from ..ink.samples import PenSample
from . import theme
from .painter import Brush, Capsule, InkLayer, Trace
from .view import View

__all__ = ["InkView"]

Rect = pygame.Rect

_RING = 14  # px, where the pen hovers


class InkView:
    """Strokes on a layer of their own, and the list of dirty pixels.

    Parameters
    ----------
    screen : pygame.Surface
        The window.
    view : View
        What lies under the ink.
    spacing : float
        Distance of the ruled lines in pixels: the ink's width goes with it.
    """

    def __init__(self, screen: pygame.Surface, view: View, line_height: float) -> None:
        self._brush = Brush(line_height / 46)
        self._traces: dict[int, Trace] = {}
        self._dirty: list[Rect] = []
        self._ring: Rect | None = None
        self.put_on(screen, view)

    def put_on(self, screen: pygame.Surface, view: View) -> None:
        """Take another window, the ink laid on anew."""
        self._screen, self._view = screen, view
        self._layer = InkLayer(screen.get_size(), theme.INK)
        for trace in self._traces.values():
            self._layer.lay(trace.capsules)
        self.mark(screen.get_rect())

    def mark(self, *rects: Rect) -> None:
        """Say which pixels changed."""
        self._dirty += rects

    @property
    def pending(self) -> bool:
        """Whether there is something to show."""
        return bool(self._dirty)

    # ---- ink

    def write(self, name: int, frame: PenFrame) -> None:
        """Draw on at a stroke; one that does not touch ends it."""
        trace = self._traces.setdefault(name, Trace())
        before = trace.tail
        if frame.touching:
            radius = self._brush.radius(frame.t, frame.x, frame.y, frame.pressure)
            self.mark(self._layer.lay(trace.add(frame.x, frame.y, radius)))
        else:
            self._brush.lift()
            self.mark(self._layer.lay(trace.end()))
        self.mark(*(tail.rect for tail in (before, trace.tail) if tail))

    def draw(self, name: int, points: Iterable[PenSample]) -> None:
        """Draw a whole stroke."""
        trace = self._traces[name] = Trace()
        for t, x, y, pressure, _ in points:
            trace.add(x, y, self._brush.radius(t, x, y, pressure))
        trace.end()
        self._brush.lift()
        self.mark(self._layer.lay(trace.capsules))

    def wipe(self, names: Iterable[int]) -> None:
        """Take strokes away; what they crossed is drawn anew there."""
        gone = [self._traces.pop(name) for name in names if name in self._traces]
        for trace in gone:
            self._layer.redraw(trace.rect, self._traces.values())
            self.mark(trace.rect)

    def box(self, names: Iterable[int]) -> Rect:
        """The pixels around strokes."""
        rects = [self._traces[name].rect for name in names if name in self._traces]
        return rects[0].unionall(rects[1:]).inflate(22, 16) if rects else Rect(0, 0, 0, 0)

    # ---- pictures

    def hover(self, place: tuple[float, float] | None) -> None:
        """Show where the pen hovers."""
        ring = None
        if place is not None:
            ring = Rect(round(place[0]) - _RING // 2, round(place[1]) - _RING // 2, _RING, _RING)
        if ring != self._ring:
            self.mark(*(r for r in (ring, self._ring) if r is not None))
            self._ring = ring

    def present(
        self,
        *,
        writing: int | None = None,
        picked: Iterable[int] = (),
        overlay: tuple[pygame.Surface, Rect] | None = None,
    ) -> None:
        """Bring what changed to the screen, and nothing else.

        Parameters
        ----------
        writing : int, optional
            The stroke that is open: its tail reaches to the pen.
        picked : iterable of int
            Strokes to be marked.
        overlay : surface and rectangle, optional
            Laid over everything.
        """
        if overlay is not None:
            self.mark(overlay[1])
        whole = self._screen.get_rect()
        rects = _merged([rect.clip(whole) for rect in self._dirty])
        self._dirty.clear()
        tail = self._traces[writing].tail if writing in self._traces else None
        box = self.box(picked)
        for rect in rects:
            self._screen.set_clip(rect)
            self._screen.blit(self._view.backdrop, rect, rect)
            self._present_ink(rect.clip(self._view.page), box, tail)
            self._screen.set_clip(rect)
            if self._view.over is not None:
                self._screen.blit(self._view.over, rect, rect)
            if overlay is not None:
                self._screen.blit(*overlay)
            if self._ring is not None:
                ring = theme.rounded((_RING, _RING), _RING // 2, theme.PAGE, theme.ACCENT, 150)
                self._screen.blit(ring, self._ring)
        self._screen.set_clip(None)
        pygame.display.update(rects)

    def _present_ink(self, area: Rect, box: Rect, tail: Capsule | None) -> None:
        if area.w <= 0 or area.h <= 0:
            return
        self._screen.set_clip(area)
        if box.w and box.colliderect(area):
            self._screen.blit(theme.rounded(box.size, 10, theme.TINT), box)
        self._screen.blit(self._layer.surface, area, area)
        if tail is not None:
            self._layer.over(self._screen, tail, area)


def _merged(rects: list[Rect]) -> list[Rect]:
    """The same pixels in fewer rectangles."""
    left = [r for r in rects if r.w > 0 and r.h > 0]
    merged: list[Rect] = []
    while left:
        rect = left.pop()
        hit = [r for r in left if r.colliderect(rect)]
        if hit:
            left = [r for r in left if not r.colliderect(rect)]
            left.append(rect.unionall(hit))
        else:
            merged.append(rect)
    return merged
