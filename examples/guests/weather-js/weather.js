// SPDX-License-Identifier: Apache-2.0
// Example guest `weather-js`: the same tool as ../weather in JavaScript. A thrown string is the error of the result.
import { getEnvironment } from 'wasi:cli/environment@0.2.12';

const skies = ['clear', 'clouds', 'rain', 'snow'];

export async function weather(city) {
  const base = new Map(getEnvironment()).get('WEATHER_API') ?? 'http://127.0.0.1:8080';
  const response = await fetch(`${base}/v1/weather?city=${encodeURIComponent(city)}`).catch(() => {
    throw 'the service cannot be reached';
  });
  if (response.status !== 200) throw 'the service does not know this city';
  const answer = await response.json();
  if (!skies.includes(answer.sky)) throw 'the service gave an answer that is none';
  return { city: answer.city, celsius: answer.celsius, sky: answer.sky };
}
