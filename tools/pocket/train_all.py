"""Trains everything in order. Every stage has a time limit and resumes where it stopped; finished stages are skipped.

    python train_all.py --device cuda --photos PHOTOS --work WORK --out OUT      # 20 to 25 minutes on one H100-class GPU
    python train_all.py --device cpu  --photos PHOTOS --work WORK --out OUT      # about an hour on two quiet cores
"""
import argparse
import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import base
import common
import export
import moves
import steer
import vae
import warp


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--device", choices=list(common.PRESETS), default="cpu")
    ap.add_argument("--photos", required=True, help="folder with the photographs of sources.json")
    ap.add_argument("--work", required=True, help="checkpoints and logs")
    ap.add_argument("--out", required=True, help="gets model/ and camera/")
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--scale", type=float, default=1.0, help="multiplies all time boxes (0.02 tries everything once)")
    a = ap.parse_args()
    p, d = common.preset(a.device), a.device
    for stage in ("linear", "decoder", "warp", "steer", "base"):
        p[stage]["minutes"] *= a.scale
    os.makedirs(a.work, exist_ok=True)
    start = time.time()
    for name, run in (("linear codec", lambda: vae.train_linear(p, a.work, a.photos, d, a.seed)),
                      ("warp", lambda: warp.train(p, a.work, a.photos, d, a.seed)),
                      ("steering", lambda: steer.train(p, a.work, a.seed)),
                      ("decoder", lambda: vae.train_decoder(p, a.work, a.photos, d, a.seed)),
                      ("video", lambda: base.train(p, a.work, a.photos, d, list(moves.MOVES), a.seed)),
                      ("export", lambda: export.write(p, a.work, os.path.join(a.out, "model"), os.path.join(a.out, "camera")))):
        print(f"== {name} at {time.time() - start:.0f} s", flush=True)
        run()


if __name__ == "__main__":
    main()
