# One image for the api and the workers; the command chooses.
FROM python:3.11-slim-bookworm

# Skia's wheel links against EGL and GL even where it draws without a screen; the fonts have the scripts that the
# bundled ones lack, and the emoji.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libegl1 libgl1 libfontconfig1 \
        fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 clipyard \
    && mkdir /data && chown clipyard /data

WORKDIR /srv/clipyard
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY app app
COPY renderer renderer
COPY workers workers
COPY templates templates
RUN pip install --no-cache-dir -c constraints.txt -e '.[workers]'

# Compiled once into the image, and the fonts looked through. Numba uses only a cache that it may also write to.
ENV NUMBA_CACHE_DIR=/srv/clipyard/.numba PYTHONUNBUFFERED=1
RUN python -c "import fontconfig; from renderer.pixels import warm_up; warm_up()" && chown -R clipyard .numba

USER clipyard
ENV CLIPYARD_HOST=0.0.0.0 CLIPYARD_DATA_DIR=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"
ENTRYPOINT ["clipyard"]
CMD ["serve"]
