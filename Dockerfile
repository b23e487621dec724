FROM python:3.13-slim

RUN useradd --system --create-home --uid 10001 satu \
    && install -d -o satu -g satu -m 0700 /var/lib/satu

WORKDIR /opt/satu
COPY pyproject.toml requirements.lock ./
# The lock decides the versions; uv is itself one of its pins and honours what pyproject.toml leaves out.
RUN pip install --no-cache-dir "$(grep -o '^uv==[^ ;]*' requirements.lock)" \
    && uv pip install --system --no-cache --requirement pyproject.toml --constraint requirements.lock

COPY README.md ./
COPY contracts contracts
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
COPY governance governance
COPY plugins plugins
# Editable, so that the package finds contracts/, dbt_project/ and dags/ beside it.
RUN uv pip install --system --no-cache --no-deps --editable .

USER satu
ENV SATU_HOME=/var/lib/satu \
    AIRFLOW_HOME=/var/lib/satu/airflow
VOLUME /var/lib/satu
CMD ["satu", "--help"]
