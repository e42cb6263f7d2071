/** Versions of the Python side. FastAPI is pinned because newer ones break or change this server. */
const PREFECT_PIN = '3.8.8';
export const REQUIREMENTS = [`prefect==${PREFECT_PIN}`, 'fastapi<0.151', 'prefect-aws==0.7.12'] as const;
