// Photos of card holders: chosen, dropped, pasted or taken, then cut under a guide for the head. The server
// cuts: it gets the file as it is, and the place of the cut. Nothing leaves this machine before that.
(() => {
  "use strict";

  document.documentElement.dataset.photos = "";

  const PROPORTION = 300 / 410;
  const LEAST = 300;
  const STEP = 6;

  const part = (tool, name) => tool.querySelector(`[data-photo-${name}]`);
  const input = (tool) => tool.querySelector("input[type='file']");
  const chosen = (tool) => tool.querySelector("input[name='cut']");

  let open = null; // { tool, cropper, url, stream, turn }

  const say = (tool, lines) => {
    const list = part(tool, "advice");
    list.replaceChildren(
      ...lines.map((line) => {
        const item = document.createElement("p");
        item.textContent = line;
        return item;
      }),
    );
  };

  const hold = (tool, file) => {
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input(tool).files = transfer.files;
    const output = tool.querySelector("output");
    if (output) output.value = file.name;
  };

  // ---- the dialog ----

  const begin = (tool, shows) => {
    end();
    open = { tool, turn: 0 };
    const dialog = part(tool, "dialog");
    dialog.dataset.shows = shows;
    if (!dialog.open) dialog.showModal();
    part(tool, "stage").focus();
  };

  const end = () => {
    if (!open) return;
    const { tool, cropper, url, stream } = open;
    cropper?.destroy();
    if (url) URL.revokeObjectURL(url);
    for (const track of stream?.getTracks() ?? []) track.stop();
    part(tool, "picture").removeAttribute("src");
    part(tool, "video").srcObject = null;
    if (part(tool, "dialog").open) part(tool, "dialog").close();
    open = null;
  };

  const guide = () => {
    const box = open.cropper.getCropBoxData();
    const element = part(open.tool, "guide");
    for (const side of ["left", "top", "width", "height"]) element.style[side] = `${box[side]}px`;
  };

  const decodes = async (url) => {
    const image = new Image();
    image.src = url;
    try {
      await image.decode();
      return image;
    } catch {
      return null;
    }
  };

  // What this browser cannot show, or what is too small, goes as it is: the server says why it will not do.
  const unseen = (tool) => {
    chosen(tool).value = "";
    if (tool.dataset.photoTool === "once") tool.closest("form").requestSubmit();
    else look(tool);
  };

  const edit = async (tool, file) => {
    const url = URL.createObjectURL(file);
    const image = globalThis.Cropper && (await decodes(url));
    if (!image || image.naturalWidth < LEAST || image.naturalHeight < LEAST / PROPORTION) {
      URL.revokeObjectURL(url);
      end();
      unseen(tool);
      return;
    }
    begin(tool, "picture");
    open.url = url;
    const picture = part(tool, "picture");
    picture.src = url;
    open.cropper = new Cropper(picture, {
      aspectRatio: PROPORTION,
      autoCropArea: 1,
      background: false,
      center: false,
      checkOrientation: false,
      cropBoxMovable: false,
      cropBoxResizable: false,
      dragMode: "move",
      guides: false,
      highlight: false,
      toggleDragModeOnDblclick: false,
      viewMode: 1,
      wheelZoomRatio: 0.05,
      ready: () => {
        open.cropper.move(0, 10_000); // heads are at the top: what is too much is cut off below
        guide();
        tool.dataset.ready = "";
      },
      zoom: (event) => {
        const box = open?.cropper?.getCropBoxData();
        if (box?.width && box.width / event.detail.ratio < LEAST && event.detail.ratio > event.detail.oldRatio) {
          event.preventDefault();
        }
      },
    });
  };

  const turn = (degrees) => {
    open.turn = (open.turn + degrees) % 360;
    tilt();
  };
  const tilt = () => open.cropper.rotateTo(open.turn + Number(part(open.tool, "tilt").value));

  const cut = () => {
    const data = open.cropper.getData();
    const { naturalWidth: wide, naturalHeight: high } = open.cropper.getImageData();
    const angle = (data.rotate * Math.PI) / 180;
    const width = Math.abs(wide * Math.cos(angle)) + Math.abs(high * Math.sin(angle));
    const height = Math.abs(wide * Math.sin(angle)) + Math.abs(high * Math.cos(angle));
    const x = Math.max(0, data.x / width);
    const y = Math.max(0, data.y / height);
    return {
      x,
      y,
      width: Math.min(data.width / width, 1 - x),
      height: Math.min(data.height / height, 1 - y),
      turn: data.rotate,
    };
  };

  let shown = "";
  const show = (blob) => {
    if (shown) URL.revokeObjectURL(shown);
    shown = URL.createObjectURL(blob);
    for (const image of document.querySelectorAll("img[data-card-photo]")) image.src = shown;
  };

  const use = () => {
    const { tool, cropper } = open;
    chosen(tool).value = JSON.stringify(cut());
    const small = cropper.getCroppedCanvas({ width: 300, height: 410, fillColor: "#fff" });
    small.toBlob((blob) => {
      show(blob);
      end();
      input(tool).focus();
      if (tool.dataset.photoTool === "once") tool.closest("form").requestSubmit();
      else look(tool);
    }, "image/jpeg");
  };

  const look = async (tool) => {
    const form = tool.closest("form");
    const body = new FormData();
    body.set("csrf", new FormData(form).get("csrf"));
    body.set("cut", chosen(tool).value);
    body.set("photo", input(tool).files[0]);
    say(tool, [tool.dataset.looking]);
    try {
      const answer = await fetch("/photos/check", { method: "POST", body, headers: { Accept: "application/json" } });
      const told = await answer.json();
      say(tool, told.error ? [told.error] : told.advice.length ? told.advice : [tool.dataset.good]);
    } catch {
      say(tool, []); // the look is a help; sending the form says what matters
    }
  };

  const give = (tool, file) => {
    hold(tool, file);
    edit(tool, file);
  };

  const WHY = { NotAllowedError: "cameraRefused", NotReadableError: "cameraBusy", AbortError: "cameraBusy" };
  let asking = false; // the browser asks its person: a second press waits for the same answer

  const camera = async (tool) => {
    if (asking) return;
    asking = true;
    say(tool, []);
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", height: { ideal: 1440 } } });
    } catch (problem) {
      say(tool, [tool.dataset[WHY[problem.name] ?? "noCamera"]]);
      return;
    } finally {
      asking = false;
    }
    if (!tool.isConnected) {
      for (const track of stream.getTracks()) track.stop(); // the page was left before the answer
      return;
    }
    begin(tool, "video");
    open.stream = stream;
    for (const track of stream.getTracks()) track.addEventListener("ended", () => lost(tool, stream));
    const video = part(tool, "video");
    video.srcObject = stream;
    await video.play();
  };

  // Somebody pulled the plug, or took the permission back, while the picture was on.
  const lost = (tool, stream) => {
    if (open?.stream !== stream) return;
    end();
    say(tool, [tool.dataset.noCamera]);
  };

  const take = () => {
    const { tool } = open;
    const video = part(tool, "video");
    if (!video.videoWidth) return; // no picture has come yet
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => give(tool, new File([blob], "camera.jpg", { type: "image/jpeg" })), "image/jpeg", 0.95);
  };

  const again = async (tool, address) => {
    const answer = await fetch(address);
    if (answer.ok) give(tool, new File([await answer.blob()], "photo.jpg", { type: "image/jpeg" }));
  };

  const DOES = {
    left: () => turn(-90),
    right: () => turn(90),
    in: () => open.cropper.zoom(0.08),
    out: () => open.cropper.zoom(-0.08),
  };
  const KEYS = {
    ArrowLeft: () => open.cropper.move(-STEP, 0),
    ArrowRight: () => open.cropper.move(STEP, 0),
    ArrowUp: () => open.cropper.move(0, -STEP),
    ArrowDown: () => open.cropper.move(0, STEP),
    "+": DOES.in,
    "-": DOES.out,
  };

  // ---- what people do ----

  document.addEventListener("change", (event) => {
    const tool = event.target.closest?.("[data-photo-tool]");
    if (!tool || event.target !== input(tool)) return;
    chosen(tool).value = "";
    say(tool, []);
    if (event.target.files.length) edit(tool, event.target.files[0]);
  });

  document.addEventListener("input", (event) => {
    if (open?.cropper && event.target.matches?.("[data-photo-tilt]")) tilt();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    const tool = button?.closest("[data-photo-tool]");
    if (!tool) return;
    if (button.matches("[data-photo-camera]")) camera(tool);
    else if (button.matches("[data-photo-again]")) again(tool, button.dataset.photoAgain);
    else if (!open) return;
    else if (button.matches("[data-photo-cancel]")) cancel();
    else if (button.matches("[data-photo-take]")) take();
    else if (button.matches("[data-photo-use]") && open.cropper) use();
    else if (open.cropper) DOES[button.dataset.photoDo]?.();
  });

  // A photo that was not cut is not sent.
  const cancel = () => {
    const { tool } = open;
    input(tool).value = "";
    const output = tool.querySelector("output");
    if (output) output.value = "";
    end();
    input(tool).focus();
  };

  // Before anybody else hears it: the dialog around this one would close as well.
  window.addEventListener(
    "keydown",
    (event) => {
      if (!open) return;
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopImmediatePropagation();
        cancel();
      } else if (open.cropper && event.target.closest?.("[data-photo-stage]") && KEYS[event.key]) {
        event.preventDefault();
        KEYS[event.key]();
      }
    },
    true,
  );

  window.addEventListener("resize", () => {
    if (open?.cropper) requestAnimationFrame(guide); // after the cropper's own listener
  });

  const isPicture = (file) => file.type.startsWith("image/");
  const lastTool = () => [...document.querySelectorAll("[data-photo-tool]")].at(-1);

  // Out of a document or a spreadsheet a text is copied with its picture: whoever types means the text.
  const isTyped = (event) =>
    event.target.matches?.("input:not([type='file']), textarea, [contenteditable]") &&
    event.clipboardData.types.includes("text/plain");

  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(isPicture);
    const tool = lastTool();
    if (!file || !tool || open || isTyped(event)) return;
    event.preventDefault();
    give(tool, file);
  });

  // A file that is let go beside the field would else take the page's place, with all that was typed.
  const dragsFile = (event) =>
    event.dataTransfer?.types.includes("Files") && !event.target.matches?.("input[type='file']") && lastTool();

  document.addEventListener("dragover", (event) => {
    if (dragsFile(event)) event.preventDefault();
  });

  document.addEventListener("drop", (event) => {
    if (!dragsFile(event)) return;
    event.preventDefault();
    const file = [...event.dataTransfer.files].find(isPicture);
    if (file && !open) give(event.target.closest?.("[data-photo-tool]") ?? lastTool(), file);
  });

  // The camera's light goes out with the page.
  for (const left of ["popstate", "pagehide"]) window.addEventListener(left, end);
})();
