"""Goldens of whole pictures: properties as they meet in one another."""

from typing import Any

INK = "#f7f5f0"
COUNT: dict[str, Any] = {"type": "text", "x": 20, "width": 440, "font-size": 26, "color": INK}
COUNT["animations"] = [{"type": "counter", "duration": 2, "easing": "linear"}]
HEADLINE = {"type": "text", "x": "6%", "font-weight": 800, "color": INK}

SCENES: dict[str, dict[str, Any]] = {
    "typography": {
        "background-color": "linear-gradient(135deg, #20304a, #0e1116)",
        "objects": [
            {**HEADLINE, "y": 18, "text": "AVATAR To\nHamburg", "font-size": 38, "line-height": 1},
            {**HEADLINE, "y": 104, "text": "fine “ffl” italics", "font-family": "Playfair Display", "font-size": 26}
            | {"font-style": "italic", "font-weight": 400},
            {**HEADLINE, "y": 148, "text": "Outline", "font-family": "Montserrat", "font-size": 40}
            | {"stroke-color": "#d7263d", "stroke-width": 5, "shadow-color": "#000c", "shadow-blur": 8}
            | {"shadow-y": 4},
            {**HEADLINE, "y": 212, "text": "Panel", "color": "#111", "font-size": 20, "font-weight": 600}
            | {"background-color": "#ffcc33", "background-radius": 8, "padding": 9, "rotation": -4},
            {**HEADLINE, "x": 250, "y": 20, "width": 200, "height": 90, "text": "Fill this box", "autofit": "fill"}
            | {"text-align": "center", "vertical-align": "middle", "color": "linear-gradient(#ff6a00, #ee0979)"},
            {**HEADLINE, "x": 250, "y": 130, "width": 200, "font-size": 15, "font-weight": 400, "opacity": 0.8}
            | {"text": "Wrapped and right aligned in DM Sans, Привет", "font-family": "DM Sans", "text-align": "right"},
            {**HEADLINE, "x": 350, "y": 225, "anchor": "center", "text": "wide caps", "font-size": 18}
            | {"letter-spacing": "0.12em", "text-transform": "uppercase", "font-family": "Space Grotesk"},
        ],
    },
    "shapes": {
        "background-color": "#dfe6ee",
        "objects": [
            {"type": "rectangle", "x": 20, "y": 20, "width": 120, "height": 80, "background-color": "#fff"}
            | {"border-radius": 14, "border-width": 4, "border-color": "#d7263d", "shadow-color": "#0008"}
            | {"shadow-blur": 18, "shadow-y": 8},
            {"type": "circle", "x": 170, "y": 20, "width": 120, "height": 80, "border-width": 3, "border-color": "#fff"}
            | {"background-color": "radial-gradient(#fff, #06c)"},
            {"type": "rectangle", "x": 330, "y": 30, "width": 110, "height": 60, "rotation": 12, "skew-x": 10}
            | {"background-color": "linear-gradient(90deg, #f60, #fc0, #0a6)"},
            {"type": "group", "x": 20, "y": 130, "width": 180, "height": 110, "clip": True, "opacity": 0.7}
            | {
                "objects": [
                    {"type": "rectangle", "width": "100%", "height": "100%", "background-color": "#0a6"},
                    {"type": "circle", "x": "50%", "y": "100%", "anchor": "center", "background-color": "#fd0"},
                ]
            },
            {"type": "rectangle", "x": 240.5, "y": 150.5, "width": 90, "height": 70, "border-width": 2.5},
            {"type": "rectangle", "x": 360, "y": 150, "width": 80, "height": 70, "opacity": 0.5, "border-width": 10}
            | {"background-color": "#06c", "border-color": "#fff", "border-radius": 20},
        ],
    },
    "counting": {
        "background-color": "#1d3557",
        "objects": [
            {**COUNT, "y": 12, "text": "111,111 followers"},
            {**COUNT, "y": 50, "text": "up to 1,250 km", "text-align": "center", "font-family": "Poppins"},
            {**COUNT, "y": 88, "text": "Total: -$19.50", "text-align": "right", "font-family": "Anton"},
            {**COUNT, "y": 130, "text": "1,111 and 80%"}
            | {
                "spans": [
                    {"match": "1,111", "background-color": "#e63946", "font-size": "1.4em"},
                    {"match": "80%", "text-decoration": "underline", "color": "#ffd166"},
                ]
            },
            {**COUNT, "x": 460, "y": 184, "anchor": "top-right", "width": None, "text": "1,250 km", "padding": 8}
            | {"background-color": "#457b9d", "text-align": "right"},
            {**COUNT, "y": 184, "width": 200, "height": 70, "text": "1 of 10 in 2,026 rooms", "autofit": "fill"}
            | {"text-align": "center", "background-color": "#0003"}
            | {"animations": [{"type": "counter", "number": 2}, {"type": "counter", "number": 3, "duration": 2}]},
        ],
    },
    "pictures": {
        "background-image": "hills.png",
        "objects": [
            {"type": "image", "src": "hills.png", "x": 20, "y": 20, "width": 130, "height": 90, "border-radius": 16}
            | {"border-width": 4, "border-color": "#fff", "shadow-color": "#000c", "shadow-blur": 16, "shadow-y": 6},
            {"type": "image", "src": "hills.png", "x": 180, "y": 20, "width": 120, "height": 90, "fit": "contain"}
            | {"border-width": 1, "border-color": "#fff"},
            {"type": "image", "src": "hills.png", "x": 330, "y": 25, "width": 110, "height": 80, "rotation": 14},
            {"type": "circle", "x": 20, "y": 140, "background-image": "hills.png", "border-width": 5}
            | {"border-color": "#fff", "focus-x": 0},
            {"type": "image", "src": "ring.png", "x": 170, "y": 140, "width": 100, "height": 100}
            | {"shadow-color": "#000", "shadow-blur": 10, "shadow-x": 5, "shadow-y": 5},
            {"type": "image", "src": "hills.png", "x": 310, "y": 140, "width": 60, "height": 100, "opacity": 0.5},
            {"type": "image", "src": "hills.png", "x": 390, "y": 140, "width": 60, "height": 100, "focus-x": 1},
        ],
    },
}

COMPOSITIONS = {name: {"scenes": [scene]} for name, scene in SCENES.items()}
