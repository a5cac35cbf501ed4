# The same image runs web, worker, beat and sweeper; docker-compose.yml says which.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir "uv>=0.9"
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev
COPY . .
# Hashed and compressed files for production; these values only let the settings load.
RUN SLAPORTAL_PRODUCTION=1 SECRET_KEY=0123456789012345678901234567890123456789012345678901234567 ALLOWED_HOSTS=build \
    DATABASE_URL=postgres://build/build REDIS_URL=redis://build PUBLIC_URL=https://build \
    .venv/bin/python manage.py collectstatic --noinput \
    && useradd --system --create-home portal && mkdir -p /app/var && chown portal /app/var
USER portal
ENV PATH="/app/.venv/bin:$PATH"
EXPOSE 8000
CMD ["gunicorn", "slaportal.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--worker-class=gthread", "--threads=4", \
     "--timeout=30", "--graceful-timeout=30", "--max-requests=2000", "--max-requests-jitter=200", \
     "--limit-request-fields=50", "--worker-tmp-dir=/dev/shm", "--no-control-socket", \
     "--logger-class=slaportal.access_log.AccessLog", "--access-logfile=-"]
