export interface Point {
  latitude: number;
  longitude: number;
}

const earthRadiusKm = 6_371;
const radiansPerDegree = Math.PI / 180;

/** Great-circle distance, kilometres, by the haversine formula (good to 0.5 %, far below geolocation's own error). */
export function distanceKm(a: Point, b: Point): number {
  const latitudes = (b.latitude - a.latitude) * radiansPerDegree;
  const longitudes = (b.longitude - a.longitude) * radiansPerDegree;
  const h =
    Math.sin(latitudes / 2) ** 2 +
    Math.cos(a.latitude * radiansPerDegree) *
      Math.cos(b.latitude * radiansPerDegree) *
      Math.sin(longitudes / 2) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)));
}
